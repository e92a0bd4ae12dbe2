"""The chassis of every Ventanilla service: settings, publish and consume, dead letters, blobs, health, logs, shutdown.

It knows the envelope of a message and no event. Apache-2.0, so that anybody may write a channel with it.
"""
