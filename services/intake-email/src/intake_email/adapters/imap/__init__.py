"""IMAP over a socket: `server` opens a `session` of a mailbox on the `wire`; `positions` remembers how far it got."""
