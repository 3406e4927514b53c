-- Protocols, preferences, expert infos and one field per place of a value: the path of a value without its
-- indices is its filter name (v2x.map.nodes.in_links.link_width).
--
-- A place is { f = ProtoField, kids = places by filter name, item = place of a list's elements,
-- bits = fields of named bits }.  Types that stand alone keep their own names inside others, which also
-- ends the recursion of a message inside a message.

V.dsmp = Proto("v2x.dsmp", "C-V2X DSMP")
V.sec = Proto("v2x.sec", "C-V2X secured message")
V.v2x = Proto("v2x", "C-V2X message")

local rows = V.rows
for _, row in ipairs(rows) do
   if row.p then
      row.roots, row.adds = {}, {}
      for _, part in ipairs(row.p) do
         local list = part.a and row.adds or row.roots
         list[#list + 1] = part
      end
   end
end

local own = { dsmp = {}, sec = {}, v2x = {} }
local count = 0

local function register(owner, field)
   local list = own[owner]
   list[#list + 1] = field
   count = count + 1
   return field
end

-- Fields that no type gives.
V.f = {
   protocol_type = register("dsmp", ProtoField.uint8("v2x.dsmp.protocol_type", "protocolType", base.DEC,
      { [0] = "IPv6", [3] = "ETSI GeoNetworking", [4] = "DSMP", [5] = "IPv4" }, nil, "adaptation octet")),
   version = register("dsmp", ProtoField.uint8("v2x.dsmp.version", "version", base.DEC, nil, 0xE0)),
   extension = register("dsmp", ProtoField.bool("v2x.dsmp.extension", "extension", 8, nil, 0x10)),
   reserved = register("dsmp", ProtoField.uint8("v2x.dsmp.reserved", "reserved", base.HEX, nil, 0x0F)),
   aid = register("dsmp", ProtoField.uint32("v2x.dsmp.aid", "aid", base.DEC, nil, nil,
      "application identifier, p-encoded in 1 to 4 octets")),
   length = register("dsmp", ProtoField.uint16("v2x.dsmp.length", "length", base.DEC, nil, nil, "octets of Data")),
   data = register("dsmp", ProtoField.bytes("v2x.dsmp.data", "data", base.NONE, "octets that are not decoded")),
   signer = register("sec", ProtoField.bytes("v2x.sec.signer_id8", "signer", base.NONE,
      "HashedId8 of the signer, sent or computed")),
   seen = register("sec", ProtoField.framenum("v2x.sec.certificate_frame", "certificate in frame")),
   hashed = register("sec", ProtoField.bytes("v2x.cert.hashed_id8", "hashedId8", base.NONE,
      "the last eight octets of SM3 over the certificate")),
   kind = register("v2x", ProtoField.string("v2x.kind", "kind")),
   profile = register("v2x", ProtoField.string("v2x.profile", "profile")),
   rejected = register("v2x", ProtoField.string("v2x.profile.rejected", "rejected")),
   addition = register("v2x", ProtoField.bytes("v2x.unknown_extension", "unknown extension", base.NONE,
      "an addition or alternative of another edition")),
   undecoded = register("v2x", ProtoField.bytes("v2x.undecoded", "not decoded", base.NONE)),
   trailing = register("v2x", ProtoField.bytes("v2x.trailing", "trailing", base.NONE)),
}

-- The field type that holds every number of an INTEGER.
function V.form_of(row)
   local wide = row.k == "big" or row.x or row.z == 8 or row.hi and row.hi > 4294967295
   local signed = row.g or row.lo and row.lo < 0 or row.x
   row.form = (signed and "int" or "uint") .. (wide and "64" or "32")
   return row.form
end

local function make(row, abbr, name)
   local k, about = row.k, row.t ~= "" and row.t or nil
   if k == "int" or k == "big" then
      return ProtoField[V.form_of(row)](abbr, name, base.DEC, nil, nil, about)
   elseif k == "enum" or k == "choice" then
      local strings = {}
      for i, entry in ipairs(k == "enum" and row.n or row.roots) do
         strings[i - 1] = entry.n or entry
      end
      for i, part in ipairs(row.adds or {}) do
         strings[#row.roots + i - 1] = part.n
      end
      return ProtoField.int32(abbr, name, base.DEC, strings, nil, about)
   elseif k == "bool" then
      return ProtoField.bool(abbr, name, base.NONE, nil, nil, about)
   elseif k == "octets" or k == "bits" then
      return ProtoField.bytes(abbr, name, base.NONE, about)
   elseif k == "text" or k == "utf8" then
      return ProtoField.string(abbr, name, base.ASCII, about)
   elseif k == "list" then
      return ProtoField.uint32(abbr, name, base.DEC, nil, nil, about)
   end
   return ProtoField.none(abbr, name, about)
end

local places, walked, alone = {}, {}, {}
local grow

local function place(row, abbr, name, owner)
   local found = places[abbr]
   if not found then
      found = { f = register(owner, make(row, abbr, name)), kids = {}, bits = {} }
      places[abbr] = found
   end
   return found
end

-- The place of a type that stands alone; it has no line of its own, only its parts have.
local function standing(row)
   local found = alone[row.r]
   if not found then
      found = { kids = {} }
      alone[row.r] = found
      V.grow_parts(found.kids, row, "v2x." .. row.r, "sec")
   end
   return found
end

function V.grow_parts(kids, row, abbr, owner)
   for _, part in ipairs(row.p or {}) do
      if part.r then
         kids[part.s] = grow(rows[part.t], "v2x." .. part.r:lower(), part.n, owner)
      else
         kids[part.s] = grow(rows[part.t], abbr .. "." .. part.s, part.n, owner)
      end
   end
end

grow = function(row, abbr, name, owner)
   local found = place(row, abbr, name, owner)
   local key = abbr .. " " .. row.id
   if walked[key] then
      return found
   end
   walked[key] = true
   if row.r then
      found.kids = standing(row).kids
   elseif row.k == "list" then
      local element = rows[row.e]
      local label = element.t ~= "" and element.t or name
      if element.p and not element.r then
         found.item = place(element, abbr .. ".item", label, owner)
         V.grow_parts(found.item.kids, element, abbr, owner)
      else
         found.item = grow(element, abbr .. ".item", label, owner)
      end
   elseif row.p then
      V.grow_parts(found.kids, row, abbr, owner)
   elseif row.k == "octets" and row.g and not found.words then
      found.words = register(owner, ProtoField.string(abbr .. ".text", "text", base.UNICODE, "GB 2312 as text"))
   elseif row.k == "bits" then
      for _, named in ipairs(row.n or {}) do
         local bit = abbr .. "." .. named[3]
         if not found.bits[named[3]] then
            found.bits[named[3]] = register(owner, ProtoField.bool(bit, named[2]))
         end
      end
   end
   return found
end

for id, row in ipairs(rows) do
   row.id = id
end
V.messages = {}
for _, profile in ipairs(V.profiles) do
   V.frame = grow(rows[profile.frame], "v2x.frame", "MessageFrame", "v2x")
   for _, message in pairs(profile.day2) do
      local kind = message.kind
      V.messages[kind] = grow(rows[message.t], "v2x." .. kind:lower(), rows[message.t].t, "v2x")
   end
end
V.alone = {}
for name, id in pairs(V.roots) do
   V.alone[name] = standing(rows[id])
end
places, walked, alone = nil, nil, nil
V.field_count = count

local group, severity = expert.group, expert.severity
V.x = {
   truncated = ProtoExpert.new("v2x.expert.truncated", "truncated", group.MALFORMED, severity.ERROR),
   malformed = ProtoExpert.new("v2x.expert.malformed", "malformed", group.MALFORMED, severity.ERROR),
   range = ProtoExpert.new("v2x.expert.range", "out of range", group.MALFORMED, severity.WARN),
   trailing = ProtoExpert.new("v2x.expert.trailing", "octets follow the value", group.MALFORMED, severity.WARN),
   unsupported = ProtoExpert.new("v2x.expert.unsupported", "not supported", group.UNDECODED, severity.WARN),
   unknown_message = ProtoExpert.new("v2x.expert.unknown_message", "unknown message", group.UNDECODED,
      severity.WARN),
   unknown = ProtoExpert.new("v2x.expert.unknown_extension", "of another edition", group.UNDECODED, severity.NOTE),
   extended = ProtoExpert.new("v2x.expert.extended", "extension form", group.PROTOCOL, severity.NOTE),
   noncanonical = ProtoExpert.new("v2x.expert.noncanonical", "not the canonical encoding", group.PROTOCOL,
      severity.NOTE),
   no_profile = ProtoExpert.new("v2x.expert.no_profile", "no profile fits", group.PROTOCOL, severity.WARN),
   bare = ProtoExpert.new("v2x.expert.bare", "message without MessageFrame", group.PROTOCOL, severity.NOTE),
   aid_mismatch = ProtoExpert.new("v2x.expert.aid_mismatch", "the AID is for another message", group.PROTOCOL,
      severity.WARN),
   frame_type = ProtoExpert.new("v2x.dsmp.expert.protocol_type", "not DSMP", group.PROTOCOL, severity.WARN),
   adaptation = ProtoExpert.new("v2x.dsmp.expert.no_adaptation", "no adaptation octet", group.PROTOCOL,
      severity.NOTE),
   version = ProtoExpert.new("v2x.dsmp.expert.version", "unknown DSMP version", group.UNDECODED, severity.WARN),
   extension = ProtoExpert.new("v2x.dsmp.expert.extension", "extension of unknown format", group.UNDECODED,
      severity.WARN),
   reserved = ProtoExpert.new("v2x.dsmp.expert.reserved_bits", "reserved bits are set", group.PROTOCOL,
      severity.WARN),
   frame_length = ProtoExpert.new("v2x.dsmp.expert.length", "Length does not fit", group.MALFORMED, severity.WARN),
   too_long = ProtoExpert.new("v2x.dsmp.expert.too_long", "longer than a DSMP unit", group.PROTOCOL, severity.WARN),
   aid_unknown = ProtoExpert.new("v2x.dsmp.expert.aid_unknown", "AID is not registered", group.PROTOCOL,
      severity.NOTE),
   frame_aid = ProtoExpert.new("v2x.dsmp.expert.aid", "no AID", group.MALFORMED, severity.ERROR),
   sec_version = ProtoExpert.new("v2x.sec.expert.version", "another version", group.UNDECODED, severity.WARN),
   sec_aid = ProtoExpert.new("v2x.sec.expert.aid", "AID differs from the DSMP header's", group.SECURITY,
      severity.WARN),
   sec_profile = ProtoExpert.new("v2x.sec.expert.profile", "not the profile of GB/T 45315-2025", group.SECURITY,
      severity.NOTE),
}

local experts = {}
for _, info in pairs(V.x) do
   experts[#experts + 1] = info
end
V.dsmp.fields, V.sec.fields, V.v2x.fields = own.dsmp, own.sec, own.v2x
V.v2x.experts = experts
