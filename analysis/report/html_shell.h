// SPDX-License-Identifier: Apache-2.0
// The page of a report without its data: web/dist/report.html, as scripts/build_web made it.
#pragma once

#include <string_view>

namespace seep::report {

std::string_view HtmlShell();

}  // namespace seep::report
