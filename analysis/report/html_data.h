// SPDX-License-Identifier: Apache-2.0
// Everything that the page of a report shows, as one object. web/src reads it.
#pragma once

#include <nlohmann/json.hpp>

#include "analysis/report/report.h"

namespace seep::report {

// {"report": the JSON report, "answers": [{"label", "lines"}], "processes": [{"id", "name"}],
// "series" (html_series.h), "memory" (html_memory.h), "frames" and "stacks" (html_stacks.h)}. Not
// published: page and data are one file.
nlohmann::ordered_json HtmlData(const ReportInput& input);

}  // namespace seep::report
