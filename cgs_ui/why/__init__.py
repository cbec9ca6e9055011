"""Why an agent is worth, is paid and gets what it does: a panel of its five steps, wherever somebody asks."""
