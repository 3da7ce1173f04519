"""What does the workspace look like in JSON?"""
