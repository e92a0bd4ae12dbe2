"""The doors of the portal: pages out, the tickets API in."""
