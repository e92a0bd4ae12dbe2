"""The page on which a person plays anybody of the workspace: server-rendered, with a little JavaScript, no network."""
