"""Join: a student's place in a room, on a phone."""

from cgs_ui import session
from cgs_ui.rooms.student import student_page

session.show_message()
student_page()
