"""A person's own data: a file read and checked, made ready, kept, and there while a program runs."""
