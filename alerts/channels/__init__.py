"""The ways by which a notice leaves: one folder each, all behind the protocol of contract.py.

email, webhook (signed), dingtalk, wecom, feishu, apprise (what is left, by URL); sms is a place for a site's own
gateway.
"""
