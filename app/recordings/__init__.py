"""Recorded sound: kept in chunks, listened to by leave, deleted in time."""
