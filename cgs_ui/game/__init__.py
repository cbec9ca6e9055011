"""The page Coalition game."""
