"""How one replica looks after what was written in the bucket, whatever the work is."""
