"""Lessons: predict, commit, see what is so, and change something; alone or with a class."""

from cgs_ui import session
from cgs_ui.lessons.class_page import class_page
from cgs_ui.lessons.done import link_answers
from cgs_ui.lessons.listed import list_lessons
from cgs_ui.lessons.place import place
from cgs_ui.lessons.play import play

at = place()
session.show_message()
if not class_page() and not link_answers():
    if at is None:
        list_lessons()
    else:
        play(at)
