"""The leaderboard: named cases with a truth, and what each valuation and mechanism makes of them.

``cases`` and ``methods`` (which there are), ``outcomes`` (a scenario computed), ``scores`` (numbers of arrays),
``played`` (one case with one seed), ``lines`` (what is kept of it), ``runs`` (many, in processes), ``results`` (as
files), ``board`` (tables and verdicts), ``claims``.
"""
