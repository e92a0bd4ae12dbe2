"""Who a mail is really from: values in, values out. `adapters.authenticator` asks the DNS.

`verdict` makes one grade of what `dkim`, `arc`, `dmarc` and `authentication_results` find; `lookalikes` knows
forgeries; `dkim_signing` signs what the desk sends. The rest is what they share.
"""
