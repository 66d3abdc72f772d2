// SPDX-License-Identifier: Apache-2.0
// Its schema and parsers: tests/end_to_end/test_formats.py.
#include <catch2/catch.hpp>

#include "analysis/report/xml_text.h"
#include "samples.h"

using namespace seep;
using namespace seep::report;

TEST_CASE("JUnit of a leak has its numbers and its stack") {
  const std::string xml = ToJunit(LeakingRun().Input());
  CHECK(xml.find("<testsuite name=\"nightly\" tests=\"6\" failures=\"5\" errors=\"0\" "
                 "time=\"600.000\" skipped=\"0\" timestamp=\"2023-11-14T22:13:20\" "
                 "hostname=\"soak-1\">") != std::string::npos);
  CHECK(xml.find("<testcase classname=\"service\" name=\"service: rss_swap\" time=\"0.000\">\n"
                 "      <failure type=\"growth\" message=\"resident memory of service (pid 4711): "
                 "growth: 98.0 MiB per hour") != std::string::npos);
  CHECK(xml.find("src/session_table.cpp:88  [service]") != std::string::npos);
  CHECK(xml.find("<property name=\"seep.exit_code\" value=\"10\"/>") != std::string::npos);
}

TEST_CASE("what could not be judged is an error, what is known is skipped") {
  const std::string undecided = ToJunit(ProvisionalRun().Input());
  CHECK(undecided.find("<error type=\"metric-regression\"") != std::string::npos);
  CHECK(undecided.find("<failure") == std::string::npos);
  const std::string passed = ToJunit(PassingRun().Input());
  CHECK(passed.find("<failure") == std::string::npos);
  CHECK(passed.find("<error") == std::string::npos);
  CHECK(passed.find("suppressed: the session table fills for a week (owner memory-team, until "
                    "2023-12-14") != std::string::npos);
  CHECK(ToJunit(Fixture{}.Input()).find("<error type=\"insufficient-data\"") != std::string::npos);
}

TEST_CASE("times are in fixed point, however long the run") {
  Fixture fixture = LeakingRun();
  fixture.data.run.duration_s = 172'800'000;
  CHECK(ToJunit(fixture.Input()).find("time=\"172800000.000\"") != std::string::npos);
}

TEST_CASE("text in XML keeps its lines and nothing that XML forbids") {
  CHECK(XmlText("a<b>&\"]]>\n\x01\xff\xef\xbf\xbfz") ==
        "a&lt;b&gt;&amp;&quot;]]&gt;\n?\xef\xbf\xbd?z");
  CHECK(XmlAttribute("name", "x\"y") == " name=\"x&quot;y\"");
}
