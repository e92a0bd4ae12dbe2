"""Service levels: what was promised to the customer, how much of it is used, when it is due, and the sum that shows it.

`calendars` say which time counts, `policies` what was promised, `log` what happened to a ticket. `clocks` folds the log
into the state of a ticket's clocks, `fires` reads from it what must be done next, `arithmetic` explains it.
docs/service-levels.md has the rules and a table of cases.
"""
