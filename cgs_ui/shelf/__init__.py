"""The page Shelf."""
