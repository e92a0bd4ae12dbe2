"""How well the mail intake understands mail: every mail below tests/data/email, judged field by field."""
