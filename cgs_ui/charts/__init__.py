"""Charts in the browser, their player, and what an exported chart says of itself."""
