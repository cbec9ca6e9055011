"""Class room: the teacher makes a room and moves it on; the class looks at it."""

from cgs_ui import session
from cgs_ui.rooms.teacher import teacher_page

session.show_message()
teacher_page()
