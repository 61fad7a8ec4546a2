"""The audit log as events for others: written by whoever records, so none is missed."""
