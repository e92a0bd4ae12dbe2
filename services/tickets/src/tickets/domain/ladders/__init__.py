"""Ladders: what is done step by step while nobody reacts, whom it reaches, and what waits until somebody has seen it.

`documents` says what a ladder is, `runs` where one stands on a ticket, `climbing` does its next step. `rotas` say who
is on call when (`rota_documents` reads them), `on_duty` who works just now; `paging` asks people for an
acknowledgement, and a row of `pages` waits for it. docs/ladders.md has the rules.
"""
