-- Makes JSON of the forms of OAuth (RFC 6749 appendix B), and an HTTP status of its
-- errors. `paths` (above) says where forms come. No cookie and no token counts there, so
-- what another site can have a browser send without asking does no harm.

local function decoded(text)
  local spaced = text:gsub("+", " ")
  return (spaced:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

local function quoted(text)
  local escaped = text:gsub('[%z\1-\31\\"\127]', function(found)
    return string.format("\\u%04x", found:byte())
  end)
  return '"' .. escaped .. '"'
end

-- Unknown parameters are ignored, repeated ones refused (RFC 6749 3.2).
local function json_of(form, known)
  local said, members = {}, {}
  for pair in form:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    name = decoded(name)
    if said[name] then
      return nil
    end
    said[name] = true
    if known[name] then
      members[#members + 1] = quoted(name) .. ":" .. quoted(decoded(value))
    end
  end
  return "{" .. table.concat(members, ",") .. "}"
end

local function refuse(handle)
  local headers = { [":status"] = "400", ["content-type"] = "application/json" }
  headers["cache-control"] = "no-store"
  handle:respond(headers, '{"error":"invalid_request"}')
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local known = paths[headers:get(":path")]
  if not known or headers:get(":method") ~= "POST" then
    return
  end
  local content_type = (headers:get("content-type") or ""):lower()
  local body = content_type:find("^application/x%-www%-form%-urlencoded") and handle:body()
  local json = body and json_of(body:getBytes(0, body:length()), known)
  if not json then
    return refuse(handle)
  end
  -- Taken anew: what was had before the body came is not valid any more.
  headers = handle:headers()
  headers:replace("content-length", tostring(body:setBytes(json)))
  headers:replace("content-type", "application/json")
  headers:remove("authorization")
  headers:remove("cookie")
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local status = headers:get("x-parley-status")
  if status then
    headers:replace(":status", status)
    headers:remove("x-parley-status")
  end
end
