"""gRPC: the methods of `nexus.proto`, served beside HTTP in the same process and loop."""

import os

# gRPC cannot be told to speak TLS 1.3 only. The one cipher that it is left with for TLS 1.2 leads nowhere: nobody has
# agreed on a key; those of TLS 1.3 are not chosen by this variable. It is read once, when gRPC is loaded.
os.environ["GRPC_SSL_CIPHER_SUITES"] = "ECDHE-PSK-AES128-CBC-SHA"
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # what strangers do wrong is not for the log, unless somebody asks
