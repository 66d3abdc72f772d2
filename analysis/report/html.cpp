// SPDX-License-Identifier: Apache-2.0
// The page is made by web/ and is part of the program (html_shell.h); here its data go into it.
#include <nlohmann/json.hpp>
#include <string_view>

#include "analysis/report/html_data.h"
#include "analysis/report/html_pack.h"
#include "analysis/report/html_shell.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/report.h"

namespace seep::report {
namespace {

std::string Title(const ReportInput& input) {
  const std::string& name = input.data.run.name;
  return EscapeHtml(OneLine(std::string(model::ToString(input.verdict.growth_class)) +
                            (name.empty() ? "" : ": " + name) + " - seep"));
}

}  // namespace

std::string ToHtml(const ReportInput& input) {
  using Json = nlohmann::ordered_json;
  const std::pair<std::string_view, std::string> contents[] = {
      {"<!--seep:title-->", Title(input)},
      {"<!--seep:text-->", EscapeHtml(ToText(input))},
      {"<!--seep:data-->",
       GzipBase64(HtmlData(input).dump(-1, ' ', false, Json::error_handler_t::replace))}};
  // In the order of the page, and never in what was put into it.
  std::string_view shell = HtmlShell();
  std::string page;
  for (const auto& [place, content] : contents) {
    const size_t at = shell.find(place);
    page += shell.substr(0, at);
    page += content;
    shell.remove_prefix(at + place.size());
  }
  page += shell;
  return page;
}

}  // namespace seep::report
