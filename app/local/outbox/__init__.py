"""What has this laptop sent to people: emails, text messages and pushes, shown as they would see them?"""
