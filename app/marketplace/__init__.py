"""What do people have for sale, and what do others offer for it?"""
