"""The shop for AI agents: tools of the Model Context Protocol, over the HTTP service.

A thin client of the service: it reads no file of the shop, and each request goes out with the key of who asks. Without
the extra `agents` (the protocol's SDK) nothing here can be imported but this.
"""
