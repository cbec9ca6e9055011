"""The class room's two pages: the teacher's, which is projected, and the students', on their phones."""
