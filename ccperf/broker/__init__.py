"""The embedded broker: messages as files inside DATA_DIR, for one machine and no server.

``spool`` keeps the files, ``transport`` shows them to Celery as the transport ``embedded://``.
The database stays the queue of record; a message is a hint that there is work. This broker only has
to be quick, to survive a killed process, and never to stop a worker.
"""
