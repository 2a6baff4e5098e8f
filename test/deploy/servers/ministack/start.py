"""Runs MiniStack with what it lacks for our templates. Its log goes to the file that MEDBOOK_LOG names."""

import os
import sys

log = os.open(os.environ["MEDBOOK_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
for stream in (sys.stdout, sys.stderr):
    os.dup2(log, stream.fileno())

import hypercorn.config
from ministack import app
from ministack.core import lambda_runtime
from ministack.services import scheduler

# Each of these adds to MiniStack when it is imported.
import accounts
import databases
import functions
import mail
import queues
import templates

# A function that wants another list of authorities names a file of Lambda's own machine: here ours, from the emulator's
# environment, holds.
lambda_runtime._RESERVED_RUNTIME_ENV_VARS.add("NODE_EXTRA_CA_CERTS")

# Seconds between two looks at the schedules.
scheduler._SCHEDULE_TICK_INTERVAL = 1

# Who stops it does not wait for the requests of clients that are gone.
hypercorn.config.Config.graceful_timeout = 0

# With TLS it would listen on port 443 too.
app._port_is_bindable = lambda host, port: False

app.main()
