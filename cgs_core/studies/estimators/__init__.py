"""How many models must be trained to know what agents are worth: estimators of the retrained Shapley value.

``games`` (which, and trained), ``rebuilt`` (values that train once), ``errors`` (how far off), ``runs`` (in processes),
``results`` (as files), ``told`` (intervals and verdicts).
"""
