"""Runs MiniStack with the additions that our templates need. Writes its log to the file in MEDBOOK_LOG."""

import os
import sys

log = os.open(os.environ["MEDBOOK_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
for stream in (sys.stdout, sys.stderr):
    os.dup2(log, stream.fileno())

import hypercorn.config
from ministack import app
from ministack.core import lambda_runtime
from ministack.services import scheduler

# The import of each of these modules changes MiniStack.
import accounts
import databases
import functions
import mail
import queues
import regions
import rest_apis
import templates

# A function can set NODE_EXTRA_CA_CERTS to a file that exists only in Lambda. Here the value from the environment of the
# emulator applies instead.
lambda_runtime._RESERVED_RUNTIME_ENV_VARS.add("NODE_EXTRA_CA_CERTS")
# The SDK does not accept it together with the endpoint of the emulator.
lambda_runtime._RESERVED_RUNTIME_ENV_VARS.add("AWS_USE_DUALSTACK_ENDPOINT")

# The seconds between two checks of the schedules.
scheduler._SCHEDULE_TICK_INTERVAL = 1

# At a stop, do not wait for open requests of clients that have ended.
hypercorn.config.Config.graceful_timeout = 0

# With TLS, MiniStack would also listen on port 443.
app._port_is_bindable = lambda host, port: False

app.main()
