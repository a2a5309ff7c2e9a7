"""For a partner: a local copy of what the hub lets it see, kept in step, in one SQLite file.

Stands alone: it needs this folder, the published schemas, kafka-python and fastavro, and nothing else of the hub.
`docs/partners.md` tells what is on the topic.
"""

from .broker import Access, BrokerAway, ClientError
from .copy import Client
from .wire import Aside, Notice, Record

__all__ = ["Access", "Aside", "BrokerAway", "Client", "ClientError", "Notice", "Record"]
