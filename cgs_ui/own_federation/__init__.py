"""The page Your federation."""
