"""What IMAP says and what is to be done about it: a mailbox's position, its server's responses, whom a mail was for."""
