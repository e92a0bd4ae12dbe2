"""Reading a mail: bytes in, a `Mail` out. Nothing is judged here, and nothing raises because of the mail.

`reading.read_mail` is the way in. `head` finds the headers, `structure` the parts, `charsets`, `encoded_words`,
`parameters`, `mailboxes`, `dates` and `transfer` make text and bytes of them, `bodies` the words of the whole.
"""
