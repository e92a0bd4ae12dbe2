"""Ways in beside a plain message, and what is asked in a line: `/ticket`, `/desk`, shortcuts, direct messages."""
