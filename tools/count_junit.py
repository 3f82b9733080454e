"""Prints "passed failed skipped" for a JUnit report."""

import sys
import xml.etree.ElementTree as ElementTree

passed = failed = skipped = 0
for case in ElementTree.parse(sys.argv[1]).iter("testcase"):
    found = {child.tag for child in case}
    if found & {"failure", "error"}:
        failed += 1
    elif "skipped" in found:
        skipped += 1
    else:
        passed += 1
print(passed, failed, skipped)
