#include "cosine/profile.h"

#include <algorithm>
#include <cmath>

namespace athanor::cosine {
namespace {

void lower(Extreme& extreme, double value, const GroupName& group) {
  if (value < extreme.value) extreme = {value, group.text()};
}
void raise(Extreme& extreme, double value, const GroupName& group) {
  if (value > extreme.value) extreme = {value, group.text()};
}

}  // namespace

void Profile::add(const array::Products& group, const GroupName& name) {
  const double x = group.norm_x(), y = group.norm_y();
  norms.add(x * y);
  apart.add((x - y) * (x - y));
  if (x == 0 || y == 0) {
    ++zero;
    return;
  }
  const double c = group.cosine();
  ++groups;
  negative += c < 0;
  cosines.add(c);
  lower(least, c, name);
  raise(greatest, c, name);
  lower(shortest, y / x, name);
  raise(longest, y / x, name);
}

void Profile::add_elements(const array::Products& elements, const array::Ratios& ratios, const GroupName& name) {
  const uint64_t signs = elements.same_sign + elements.opposite_sign;
  groups += signs;
  zero += elements.count - signs;
  negative += elements.opposite_sign;
  norms.add(elements.magnitudes());
  apart.add(elements.apart.value() - 4 * elements.opposed.value());
  cosines.add(double(elements.same_sign) - double(elements.opposite_sign));
  if (signs == 0) return;
  lower(least, elements.opposite_sign > 0 ? -1 : 1, name);
  raise(greatest, elements.same_sign > 0 ? 1 : -1, name);
  lower(shortest, ratios.least, name);
  raise(longest, ratios.greatest, name);
}

void Profile::merge(const Profile& other) {
  groups += other.groups;
  zero += other.zero;
  negative += other.negative;
  norms.add(other.norms);
  apart.add(other.apart);
  cosines.add(other.cosines);
  lower(least, other.least.value, {other.least.group});
  raise(greatest, other.greatest.value, {other.greatest.group});
  lower(shortest, other.shortest.value, {other.shortest.group});
  raise(longest, other.longest.value, {other.longest.group});
}

double Profile::floor() const {
  if (groups == 0 || least.value <= 0) return std::numeric_limits<double>::quiet_NaN();
  return least.value * 2 * std::sqrt(kappa()) / (1 + kappa());
}

double Profile::disagreement(const array::Products& whole) const {
  const double longer = whole.norm_x() - whole.norm_y();
  return (apart.value() - longer * longer) / (2 * whole.norm_x() * whole.norm_y());
}

}  // namespace athanor::cosine
