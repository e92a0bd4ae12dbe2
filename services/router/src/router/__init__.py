"""The router: decides type, category, priority, tier, team and service level of every message, and says why.

Way of a message: `adapters` (bytes in) → `handlers` → `domain` (facts, decide, explain) → `handlers` → broker.
"""
