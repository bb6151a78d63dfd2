"""Amazon Chime SDK's SIP media application: a Lambda function that a call asks what to do."""
