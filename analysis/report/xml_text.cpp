// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/xml_text.h"

#include "analysis/report/plain_text.h"

namespace seep::report {
namespace {

void Escape(std::string_view text, std::string& escaped) {
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':  // also of "]]>", which content may not have
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
}

}  // namespace

std::string XmlText(std::string_view text) {
  std::string escaped;
  while (true) {
    const size_t end = text.find('\n');
    Escape(OneLine(text.substr(0, end)), escaped);
    if (end == std::string_view::npos) return escaped;
    escaped += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string XmlAttribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + XmlText(value) + "\"";
}

}  // namespace seep::report
