"""What can be taken away: a figure as a picture, a table of its numbers or a page."""

from cgs_core.export.caption import PICTURE_WIDTH, caption, caption_layout, captioned, scenario_caption
from cgs_core.export.drawn import at_frame, drawn_csv, plain_text
from cgs_core.export.interactive import figure_element, figure_page, plotly_library, with_slider
from cgs_core.export.names import FIGURE_FORMATS, file_name
from cgs_core.export.pictures import PICTURE_FORMATS, can_draw, pictures

__all__ = [
    "FIGURE_FORMATS",
    "PICTURE_FORMATS",
    "PICTURE_WIDTH",
    "at_frame",
    "can_draw",
    "caption",
    "caption_layout",
    "captioned",
    "drawn_csv",
    "figure_element",
    "figure_page",
    "file_name",
    "pictures",
    "plain_text",
    "plotly_library",
    "scenario_caption",
    "with_slider",
]
