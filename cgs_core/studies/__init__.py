"""Many runs put together: sweeps, comparisons, runs side by side, named scenarios, the paper's experiments."""
