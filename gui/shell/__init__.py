"""The frame around the pages: rail, top bar, job bar, menus and dialogs of the window."""
