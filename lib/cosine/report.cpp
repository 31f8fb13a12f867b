#include "cosine/report.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace athanor::cosine {
namespace {

using array::Products;
using nlohmann::ordered_json;

constexpr size_t kMostRemoved = 8;

double quantile(Agreement& agreement, const Grouping& grouping, double p) {
  if (grouping.kind != Grouping::Kind::element) return agreement.cosines.of(p);
  const Profile& signs = agreement.profile;
  return signs.groups == 0 ? std::nan("") : p * double(signs.groups - 1) < double(signs.negative) ? -1 : 1;
}

/// What a whole is without some of its parts: as far as W and C need it.
struct Rest {
  double xy = 0, xx = 0, yy = 0, norms = 0;
  explicit Rest(const Agreement& agreement)
      : xy(agreement.whole.xy.value()),
        xx(agreement.whole.xx.value()),
        yy(agreement.whole.yy.value()),
        norms(agreement.profile.norms.value()) {}
  Rest without(const Part& part) const {
    Rest rest = *this;
    rest.xy -= part.products.xy.value();
    rest.xx -= part.products.xx.value();
    rest.yy -= part.products.yy.value();
    rest.norms -= part.profile.norms.value();
    return rest;
  }
  double profile() const { return norms / std::sqrt(xx * yy); }
  double cosine() const { return xy / std::sqrt(xx * yy); }
};

Paradox paradox_of(const Agreement& agreement) {
  std::vector<const Part*> left;
  for (const Part& part : agreement.parts) left.push_back(&part);
  Rest rest(agreement);
  const double enough = 1 - (1 - rest.profile()) / 10;
  Paradox found{};
  while (found.parts.size() < kMostRemoved && left.size() > 1 && !(rest.profile() >= enough)) {
    const auto best = std::ranges::max_element(left, {}, [&](const Part* part) {
      const double w = rest.without(*part).profile();
      return std::isnan(w) ? -1 : w;
    });
    rest = rest.without(**best);
    found.parts.push_back((*best)->name);
    left.erase(best);
  }
  found.profile = rest.profile();
  found.cosine = rest.cosine();
  return found;
}

double distance(const Products& p) { return std::sqrt(p.apart.value()) / p.norm_x(); }
double ratio(const Products& p) { return p.norm_y() / p.norm_x(); }
/// Between x/‖x‖ and y/‖y‖, of which half the difference is the sine of half the angle.
double degrees(const Products& p) {
  return 2 * std::asin(std::min(1.0, std::sqrt(std::max(0.0, p.deficit()) / 2))) * 180 / std::numbers::pi;
}
/// The share of pairs without a zero that have one sign.
double same_signs(const Products& p) { return double(p.same_sign) / double(p.same_sign + p.opposite_sign); }
/// The part of n times the covariance that lies within parts; the rest lies between their means.
double within(const Agreement& agreement) {
  array::Sum sum;
  for (const Part& part : agreement.parts) sum.add(part.products.covariance);
  return sum.value();
}

std::string number(double value) { return std::isfinite(value) ? fmt::format("{:.9g}", value) : "n/a"; }
std::string short_number(double value) { return std::isfinite(value) ? fmt::format("{:.5g}", value) : "n/a"; }
std::string named(const Extreme& extreme) {
  return fmt::format("{}  {}", short_number(extreme.value), io::printable(extreme.group, 100));
}

/// "12 tensors, 3.4 M elements".
template <class T, class Of>
std::string tally(const std::vector<T>& tensors, Of of) {
  double elements = 0;
  for (const T& tensor : tensors) elements += double(of(tensor).elements());
  return fmt::format("{} tensor{}, {} elements: {}{}", tensors.size(), tensors.size() == 1 ? "" : "s", human(elements),
                     io::printable(of(tensors.front()).name, 100), tensors.size() > 1 ? ", …" : "");
}

void add_left_out(const LeftOut& out, bool update, std::vector<std::vector<std::string>>& rows) {
  const auto self = [](const io::TensorInfo& tensor) { return tensor; };
  const auto first = [](const checkpoint::Pair& pair) { return pair.a; };
  if (!out.only_a.empty()) rows.push_back({"only in A", tally(out.only_a, self)});
  if (!out.only_b.empty()) rows.push_back({"only in B", tally(out.only_b, self)});
  if (!out.lacking.empty())
    rows.push_back({update ? "not in the update" : "not in the base", tally(out.lacking, self)});
  if (!out.shapes.empty()) rows.push_back({"of other shapes", tally(out.shapes, first)});
  if (!out.integers.empty()) rows.push_back({"whole numbers", tally(out.integers, first)});
}

ordered_json names_of(const std::vector<io::TensorInfo>& tensors) {
  ordered_json names = ordered_json::array();
  for (const io::TensorInfo& tensor : tensors) names.push_back(tensor.name);
  return names;
}
ordered_json names_of(const std::vector<checkpoint::Pair>& pairs) {
  ordered_json names = ordered_json::array();
  for (const checkpoint::Pair& pair : pairs) names.push_back(pair.name);
  return names;
}
ordered_json to_json(const Extreme& extreme) { return {{"value", extreme.value}, {"group", extreme.group}}; }

}  // namespace

Figures figures_of(Agreement& agreement, const Grouping& grouping) {
  Figures found{.agreement = agreement,
                .median = quantile(agreement, grouping, 0.5),
                .fifth = quantile(agreement, grouping, 0.05),
                .paradox = {}};
  if (agreement.whole.cosine() < found.fifth) found.paradox = paradox_of(agreement);
  return found;
}

void from_text(std::string_view text, Level& level) {
  level = {.text = std::string(text), .percent = {}};
  if (text == "global" || text == "min") return;
  if (!text.starts_with('p')) fail(ErrorKind::usage, "expected global, min or pNN, got '{}'", text);
  double percent = 0;
  athanor::from_text(text.substr(1), percent);
  if (!(percent >= 0 && percent <= 100)) fail(ErrorKind::usage, "expected p0 to p100, got '{}'", text);
  level.percent = percent;
}
std::string to_text(const Level& level) { return level.text; }

double cosine_at(const Level& level, Agreement& agreement, const Grouping& grouping) {
  if (level.percent) return quantile(agreement, grouping, *level.percent / 100);
  return level.text == "min" ? agreement.profile.least.value : agreement.whole.cosine();
}

std::vector<std::vector<std::string>> summary(const Figures& figures, bool update) {
  const Agreement& all = figures.agreement;
  const Products& whole = all.whole;
  const Profile& profile = all.profile;
  std::vector<std::vector<std::string>> rows{
      {"figure", "value"},
      {"compared", fmt::format("{} elements, {} groups", human(double(whole.count)), profile.groups)},
      {"cosine C", number(whole.cosine())},
      {"1 - C", number(whole.deficit())},
      {"angle, degrees", number(degrees(whole))},
      {"norm profiles' agreement W", number(profile.agreement(whole))},
      {"1 - W", number(profile.disagreement(whole))},
      {"directions' agreement C/W", number(profile.direction(whole))},
      {"local cosines' median", number(figures.median)},
      {"their mean", number(profile.mean())},
      {"their 5 % quantile", number(figures.fifth)},
      {"the least", named(profile.least)},
      {"the greatest", named(profile.greatest)},
      {"below 0", std::to_string(profile.negative)},
      {"ratio of norms |B|/|A|", number(ratio(whole))},
      {"the least", named(profile.shortest)},
      {"the greatest", named(profile.longest)},
      {"their quotient", short_number(profile.kappa())},
      {"Cassels' floor of C", number(profile.floor())},
      {"relative distance |A-B|/|A|", number(distance(whole))},
      {"equal signs", number(same_signs(whole))},
      {"Pearson's r", number(whole.pearson())},
      {"covariance within parts", number(within(all) / double(whole.count))},
      {"between their means", number((whole.covariance.value() - within(all)) / double(whole.count))}};
  if (update) rows.push_back({"predicted change of the loss", number(whole.xy.value())});
  if (profile.zero > 0) rows.push_back({"groups of zeros, no cosine", std::to_string(profile.zero)});
  if (whole.not_finite > 0) rows.push_back({"not finite, left out", std::to_string(whole.not_finite)});
  add_left_out(all.left_out, update, rows);
  if (figures.paradox) {
    std::string names;
    for (const std::string& part : figures.paradox->parts)
      names += (names.empty() ? "" : ", ") + io::printable(part, 100);
    rows.push_back({"paradox", "C lies below 95 % of the local cosines: the norms are distributed differently"});
    rows.push_back({"without", fmt::format("{}: W {}, C {}", names, short_number(figures.paradox->profile),
                                           short_number(figures.paradox->cosine))});
  }
  return rows;
}

std::vector<std::vector<std::string>> cells(const std::vector<Ranked>& groups, const Figures& figures, bool update) {
  const Products& whole = figures.agreement.whole;
  const double norms = whole.norm_x() * whole.norm_y();
  std::vector<std::vector<std::string>> rows{
      {"group", ">elements", ">cosine", ">1 - cosine", ">taken from C", ">|B|/|A|", ">weight"}};
  if (update) rows[0].push_back(">change of the loss");
  for (const Ranked& group : groups) {
    const Products& p = group.products;
    const double weight = p.norm_x() * p.norm_y() / norms;
    rows.push_back({io::printable(group.name, 100), std::to_string(p.count), number(p.cosine()),
                    short_number(p.deficit()), short_number(weight * p.deficit()), short_number(ratio(p)),
                    short_number(weight)});
    if (update) rows.back().push_back(short_number(p.xy.value()));
  }
  return rows;
}

ordered_json to_json(const Figures& figures, const std::vector<Ranked>& groups, bool update) {
  const Agreement& all = figures.agreement;
  const Products& whole = all.whole;
  const Profile& profile = all.profile;
  ordered_json out{{"elements", whole.count},
                   {"cosine", whole.cosine()},
                   {"one_minus_cosine", whole.deficit()},
                   {"degrees", degrees(whole)},
                   {"profile", profile.agreement(whole)},
                   {"one_minus_profile", profile.disagreement(whole)},
                   {"direction", profile.direction(whole)},
                   {"norm_a", whole.norm_x()},
                   {"norm_b", whole.norm_y()},
                   {"ratio", ratio(whole)},
                   {"product", whole.xy.value()},
                   {"relative_distance", distance(whole)},
                   {"equal_signs", same_signs(whole)},
                   {"pearson", whole.pearson()},
                   {"covariance_within", within(all) / double(whole.count)},
                   {"covariance_between", (whole.covariance.value() - within(all)) / double(whole.count)},
                   {"not_finite", whole.not_finite}};
  out["local"] = {{"groups", profile.groups},
                  {"of_zeros", profile.zero},
                  {"negative", profile.negative},
                  {"median", figures.median},
                  {"mean", profile.mean()},
                  {"p5", figures.fifth},
                  {"least", to_json(profile.least)},
                  {"greatest", to_json(profile.greatest)},
                  {"least_ratio", to_json(profile.shortest)},
                  {"greatest_ratio", to_json(profile.longest)},
                  {"kappa", profile.kappa()},
                  {"cassels_floor", profile.floor()}};
  if (update) out["predicted_change"] = whole.xy.value();
  out["left_out"] = {{"only_a", names_of(all.left_out.only_a)},
                     {"only_b", names_of(all.left_out.only_b)},
                     {"lacking", names_of(all.left_out.lacking)},
                     {"shapes", names_of(all.left_out.shapes)},
                     {"integers", names_of(all.left_out.integers)}};
  out["paradox"] = nullptr;
  if (figures.paradox)
    out["paradox"] = {{"without", figures.paradox->parts},
                      {"profile", figures.paradox->profile},
                      {"cosine", figures.paradox->cosine}};
  out["groups"] = ordered_json::array();
  for (const Ranked& group : groups) {
    const Products& p = group.products;
    out["groups"].push_back({{"name", group.name},
                             {"elements", p.count},
                             {"cosine", p.cosine()},
                             {"one_minus_cosine", p.deficit()},
                             {"ratio", ratio(p)},
                             {"norm_a", p.norm_x()},
                             {"norm_b", p.norm_y()},
                             {"product", p.xy.value()},
                             {"pearson", p.pearson()}});
  }
  return out;
}

std::string csv_heading() { return "name,elements,cosine,one_minus_cosine,ratio,norm_a,norm_b,product\n"; }

std::string csv_line(const GroupName& name, const Products& p) {
  std::string quoted = "\"";
  for (const char c : name.text()) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return fmt::format("{}\",{},{},{},{},{},{},{}\n", quoted, p.count, p.cosine(), p.deficit(), ratio(p), p.norm_x(),
                     p.norm_y(), p.xy.value());
}

}  // namespace athanor::cosine
