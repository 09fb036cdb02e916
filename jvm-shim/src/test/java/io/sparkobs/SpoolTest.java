package io.sparkobs;

import java.nio.file.Paths;

class SpoolTest {
    static final Spool OFF = new Spool(new SpoolFolder(Paths.get("none"), new Session("", "s", "a", "3.5.3")), 0);
}
