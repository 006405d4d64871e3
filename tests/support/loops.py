"""Loops as people write them, at two sizes: each is one instruction, whatever the number of its iterations.

In:  nothing.
Out: LOOPS, {name: (cell above with {n}, cell, parameters, (n, more n))}.
Start anywhere.
"""

LOOPS = {}

LOOPS["Gauss-Seidel in place"] = ("""
n={n}
u=np.random.default_rng(0).normal(size=(8,8))
""", """
u=u*1.0
for t in range(n):
    for i in range(1,7):
        for j in range(1,7):
            u[i,j]=(u[i-1,j-1]+u[i-1,j]+u[i-1,j+1]+u[i,j-1]+u[i,j]+u[i,j+1]+u[i+1,j-1]+u[i+1,j]+u[i+1,j+1])/9.0
loss=np.sum(u**2)
""", ["u"], (4, 40))

LOOPS["heat equation, two arrays swapped"] = ("""
n={n}
k=0.3
x=np.linspace(0,1,12)
""", """
u=np.sin(x)*k
w=u.copy()
for t in range(n):
    for i in range(1,11):
        w[i]=u[i]+0.1*k*(u[i-1]-2*u[i]+u[i+1])*(1+u[i]**2)
    u,w=w,u
loss=np.sum(u**2)
""", ["k", "x"], (6, 60))

LOOPS["heat equation, an array made in the body"] = ("""
n={n}
k=0.3
x=np.linspace(0,1,12)
""", """
u=np.sin(x)*k
for t in range(n):
    w=u.copy()
    for i in range(1,11):
        w[i]=u[i]+0.1*k*(u[i-1]-2*u[i]+u[i+1])*(1+u[i]**2)
    u=w
loss=np.sum(u**2)
""", ["k", "x"], (5, 50))

LOOPS["Lotka-Volterra by RK4, scalars"] = ("""
n={n}
p=np.array([.55,.028,.84,.026])
z0=[30.,4.]
def f(x,y,p):
    return p[0]*x-p[1]*x*y, -p[2]*y+p[3]*x*y
""", """
x,y=z0
h=0.05
for t in range(n):
    a1,b1=f(x,y,p)
    a2,b2=f(x+h/2*a1,y+h/2*b1,p)
    a3,b3=f(x+h/2*a2,y+h/2*b2,p)
    a4,b4=f(x+h*a3,y+h*b3,p)
    x=x+h/6*(a1+2*a2+2*a3+a4)
    y=y+h/6*(b1+2*b2+2*b3+b4)
loss=x**2+y
""", ["p", "z0"], (6, 60))

LOOPS["Lotka-Volterra by RK4, arrays and a list"] = ("""
n={n}
p=np.array([.55,.028,.84,.026])
z0=np.array([30.,4.])
def f(z,p):
    x,y=z
    return np.array([p[0]*x-p[1]*x*y, -p[2]*y+p[3]*x*y])
""", """
z=z0
h=0.05
out=[]
for t in range(n):
    a=f(z,p); b=f(z+h/2*a,p); c=f(z+h/2*b,p); d=f(z+h*c,p)
    z=z+h/6*(a+2*b+2*c+d)
    out.append(z)
loss=np.sum(np.log(np.array(out))**2)
""", ["p", "z0"], (6, 60))

LOOPS["LSTM"] = ("""
T={n}
rng=np.random.default_rng(0)
X=rng.normal(size=(T,3))
W=rng.normal(size=(3,16))*.3
U=rng.normal(size=(4,16))*.3
b=np.zeros(16)
def sig(x): return 1/(1+np.exp(-x))
""", """
h=np.zeros(4); c=np.zeros(4)
for t in range(T):
    z=X[t]@W+h@U+b
    i,f,g,o=sig(z[:4]),sig(z[4:8]),np.tanh(z[8:12]),sig(z[12:])
    c=f*c+i*g
    h=o*np.tanh(c)
loss=np.sum(h**2)
""", ["W", "U", "b"], (6, 60))

LOOPS["barrier option, break and branch"] = ("""
M={n}
rng=np.random.default_rng(0)
Z=rng.normal(size=(M,8))
s0=100.
sig=.2
""", """
tot=0.0
for m in range(M):
    s=s0; acc=0.0; alive=True
    for t in range(8):
        s=s*math.exp((0.05-sig**2/2)*.1+sig*math.sqrt(.1)*Z[m,t])
        if s>115:
            alive=False
            break
        acc+=s
    if alive and acc/8>95:
        tot+=acc/8-95
loss=tot/M
""", ["s0", "sig"], (40, 120))

LOOPS["Kepler by Newton, while True"] = ("""
N={n}
Ms=np.linspace(.1,3,N)
e=.3
""", """
tot=0.0
for M in Ms:
    E=M
    while True:
        d=(E-e*np.sin(E)-M)/(1-e*np.cos(E))
        E=E-d
        if abs(d)<1e-12: break
    tot=tot+E**2
loss=tot
""", ["e"], (20, 200))

LOOPS["Kepler by Newton, while"] = ("""
N={n}
Ms=np.linspace(.1,3,N)
e=.3
""", """
tot=0.0
for k in range(N):
    E=Ms[k]; d=1.0
    while abs(d)>1e-12:
        d=(E-e*math.sin(E)-Ms[k])/(1-e*math.cos(E))
        E=E-d
    tot=tot+E**2
loss=tot
""", ["e"], (20, 200))

LOOPS["soft dynamic time warping"] = ("""
n={n}
rng=np.random.default_rng(0)
x=rng.normal(size=n)
y=rng.normal(size=n)
""", """
R=np.full((n+1,n+1),1e6)
R[0,0]=0
for i in range(1,n+1):
    for j in range(1,n+1):
        m=min(R[i-1,j-1],R[i-1,j],R[i,j-1])
        s=np.exp(-(R[i-1,j-1]-m))+np.exp(-(R[i-1,j]-m))+np.exp(-(R[i,j-1]-m))
        R[i,j]=(x[i-1]-y[j-1])**2+m-np.log(s)
loss=R[n,n]
""", ["x", "y"], (10, 20))

LOOPS["Cholesky in place"] = ("""
n={n}
rng=np.random.default_rng(0)
B=rng.normal(size=(n,n))
A=B@B.T+n*np.eye(n)
""", """
L=A.copy()
for j in range(n):
    for k in range(j):
        L[j,j]-=L[j,k]*L[j,k]
    L[j,j]=np.sqrt(L[j,j])
    for i in range(j+1,n):
        for k in range(j):
            L[i,j]-=L[i,k]*L[j,k]
        L[i,j]/=L[j,j]
loss=0.0
for i in range(n):
    loss+=np.log(L[i,i])
""", ["A"], (12, 16))

LOOPS["Lennard-Jones pairs"] = ("""
n={n}
rng=np.random.default_rng(0)
x=rng.normal(size=(n,3))*2
""", """
E=0.0
for i in range(n):
    for j in range(i+1,n):
        r2=0.0
        for k in range(3):
            r2+=(x[i,k]-x[j,k])**2
        s=1/r2**3
        E+=4*(s*s-s)
loss=E
""", ["x"], (10, 16))

LOOPS["pairs with a cutoff"] = ("""
n={n}
rng=np.random.default_rng(0)
x=rng.normal(size=(n,3))*2
""", """
E=0.0
for i in range(n):
    for j in range(n):
        if i==j: continue
        d=x[i]-x[j]
        r2=np.dot(d,d)
        if r2<9.0:
            E+=1/r2
        else:
            E-=0.1*r2
loss=E
""", ["x"], (16, 40))

LOOPS["minibatches"] = ("""
n={n}
rng=np.random.default_rng(0)
X=rng.normal(size=(10*n,4)); y=rng.normal(size=10*n)
W=rng.normal(size=(4,3)); v=rng.normal(size=3)
""", """
loss=0
for k in range(0,10*n,10):
    h=np.tanh(X[k:k+10]@W)
    loss+=np.mean((h@v-y[k:k+10])**2)
""", ["W", "v"], (6, 60))

LOOPS["moving window"] = ("""
n={n}
rng=np.random.default_rng(0)
x=rng.normal(size=n); k=rng.normal(size=3)
""", """
y=np.zeros(n)
for i in range(n-2):
    y[i]=np.sum(x[i:i+3]*k)
    y[i:i+2]*=0.9
loss=np.sum(y**2)
""", ["x", "k"], (9, 30))

LOOPS["two old values"] = ("""
n={n}
x=1.1
y=0.9
""", """
a,b=x,y
for i in range(n):
    a,b=b,0.5*a+0.4*b
loss=a*b
""", ["x", "y"], (9, 90))

LOOPS["three old values"] = ("""
n={n}
x=1.1
y=0.9
""", """
a,b,c=x,y,x*y
for i in range(n):
    a,b,c=b,c,0.5*a+0.4*b*c
loss=a*b+c
""", ["x", "y"], (9, 90))

LOOPS["a list that grows"] = ("""
n={n}
x=list(np.linspace(.5,1.,7))
""", """
d=[x[0]*1.0,x[1]*x[2]]
for i in range(2,n):
    d.append(0.3*d[i-1]+0.2*d[i-2]*x[i%7]+0.1*d[i//2])
loss=d[-1]+d[n//3]+sum(d)
""", ["x"], (14, 140))

LOOPS["a list of lists"] = ("""
n={n}
x=np.linspace(.5,1.,40)
""", """
rows=[[x[j]*1.0 for j in range(6)]]
for i in range(1,n):
    row=[rows[i-1][0]*x[i]]
    for j in range(1,6):
        row.append(0.5*rows[i-1][j-1]+0.3*row[j-1]*x[j])
    rows.append(row)
loss=rows[-1][-1]+rows[n//2][3]
""", ["x"], (8, 16))

LOOPS["comprehension and sum"] = ("""
n={n}
x=np.linspace(.5,1.,60)
""", """
ys=[np.sin(x[i])*x[i+1] for i in range(n)]
loss=sum(y**2 for y in ys)
""", ["x"], (8, 50))

LOOPS["an object with a method and a print"] = ("""
n={n}
x=1.3
class A:
    def __init__(s,v): s.v=v; s.w=0.0
    def step(s,k):
        s.w=0.9*s.w+s.v*k
        s.v=s.v*0.99
q=A(0.0)
""", """
q=A(x)
for k in range(n):
    q.step(k)
    if k%5==0: print(k, end=' ')
loss=q.w
""", ["x"], (9, 90))

LOOPS["largest by if"] = ("""
n={n}
x=np.random.default_rng(0).normal(size=60)
""", """
best=x[0]
for i in range(1,n):
    if x[i]>best: best=x[i]
loss=best*2+x[0]
""", ["x"], (9, 50))

LOOPS["best and its place"] = ("""
n={n}
x=np.random.default_rng(0).normal(size=60)
""", """
best=1e9;bi=None
for i in range(n):
    v=(x[i]-0.3)**2
    if v<best: best,bi=v,i
loss=best+x[bi]
""", ["x"], (9, 50))

LOOPS["power iteration"] = ("""
n={n}
M=np.random.default_rng(0).normal(size=(4,4))
""", """
v=np.ones(4)
for i in range(n):
    v=M@v
    v=v/np.linalg.norm(v)
loss=v@M@v
""", ["M"], (9, 90))

LOOPS["random draws and text"] = ("""
n={n}
w=np.ones(3)
rng=np.random.default_rng(0)
""", """
loss=0.0
for i in range(n):
    e=rng.normal(size=3)
    loss+=np.sum((w-e)**2)/n
    txt=f'{loss}'
""", ["w"], (9, 90))

LOOPS["a float that grows"] = ("""
n={n}
w=np.ones(3)
""", """
loss=0.0
t=0.0
for i in range(n):
    t+=0.1
    loss+=np.sum(w*t)*math.sin(t)
""", ["w"], (9, 90))

LOOPS["float32"] = ("""
n={n}
w=np.ones(3,np.float32)
""", """
loss=np.float32(0)
t=0.0
for i in range(n):
    t+=0.1
    loss=loss+np.sum(w*t*i)**2
""", ["w"], (9, 30))

LOOPS["whole numbers"] = ("""
n={n}
w=3
""", """
loss=0.0
v=w
for i in range(n):
    v=v*2-w
    loss+=v*0.1**i
""", ["w"], (9, 15))

LOOPS["index that wraps around"] = ("""
n={n}
x=np.linspace(.2,1,30)
""", """
a=x.copy()
for i in range(n):
    a[i]=a[i]*a[i-1]+1
loss=np.sum(a)
""", ["x"], (9, 30))

LOOPS["index arrays and masks"] = ("""
n={n}
x=np.linspace(.2,1,30)
idx=np.random.default_rng(0).integers(0,30,size=(100,4))
""", """
a=np.zeros(30)
for i in range(n):
    np.add.at(a,idx[i],x[idx[i]]*i)
    a[idx[i]]=a[idx[i]]*0.9
    a[a>30]=0.5
loss=np.sum(a**2)
""", ["x"], (9, 9))

LOOPS["triangular"] = ("""
n={n}
x=np.linspace(.2,1,30)
""", """
s=0.0
for i in range(n):
    for j in range(i):
        s+=x[i]*x[j]*(i-j)
loss=s
""", ["x"], (9, 25))

LOOPS["convolution by four loops"] = ("""
n={n}
rng=np.random.default_rng(0)
I=rng.normal(size=(10+n,12))
k=rng.normal(size=(3,3))
""", """
H,W=I.shape
o=np.zeros((H-2,W-2))
for i in range(H-2):
    for j in range(W-2):
        for a in range(3):
            for b in range(3):
                o[i,j]+=I[i+a,j+b]*k[a,b]
loss=np.sum(np.maximum(o,0))
""", ["k", "I"], (5, 15))

LOOPS["a recursive function"] = ("""
n={n}
x=1.01
def f(v,k):
    return v if k==0 else f(v*x_+0.1,k-1)
x_=1.0
""", """
def g(v,k):
    return v if k==0 else g(v*x+0.1,k-1)
loss=0.0
for i in range(n):
    loss=loss+g(x,3)
""", ["x"], (9, 90))

LOOPS["a smoother with boundaries"] = ("""
n={n}
x=np.linspace(.1,1,9)
def smooth(a,w):
    b=np.empty_like(a)
    for i in range(len(a)):
        l=a[i-1] if i>0 else a[i]
        r=a[i+1] if i<len(a)-1 else a[i]
        b[i]=w*a[i]+(1-w)*(l+r)/2
    return b
w=.6
""", """
a=x
for t in range(n):
    a=smooth(a,w)
loss=np.sum(a**2)
""", ["x", "w"], (6, 60))

LOOPS["enumerate, zip, reversed"] = ("""
n={n}
x=np.linspace(.1,1,40)
y=np.linspace(.3,1,40)
""", """
s=0
for k,(a,b) in enumerate(zip(x[:n],y[:n][::-1])):
    s=s+a*b*k
for a in reversed(x[:n]):
    s=s*0.9+a
loss=s
""", ["x", "y"], (9, 30))

LOOPS["exceptions"] = ("""
n={n}
x=np.linspace(.1,1,40)
""", """
s=0.0
for i in range(n):
    try:
        if i%4==3: raise ValueError
        s+=x[i]
    except ValueError:
        s*=0.5
    finally:
        s+=0.01*x[0]
loss=s
""", ["x"], (9, 30))

LOOPS["an inner loop with a way out, and the number 0 in place of a float"] = ("""
n={n}
s0=100.0
x=np.random.default_rng(7).normal(size=(n,8))*0.2
""", """
total=0.0
for i in range(n):
    s=s0
    for j in range(8):
        s*=math.exp(x[i,j]-0.02)
        if s>190: break
    else:
        total+=max(s-95,0)
loss=total/n
""", ["s0","x"], (20, 80))

LOOPS["edit distance with whether the letters agree"] = ("""
n={n}
s,t=('abracad'*n)[:n],('brcada'*n)[:n]
c,d=0.6,0.3
""", """
prev=[j*c for j in range(n+1)]
for i,x in enumerate(s,1):
    cur=[i*c]
    for j,y in enumerate(t,1):
        opts=(prev[j]+c,cur[-1]+c,prev[j-1]+(x!=y)*d)
        cur.append(-math.log(sum(math.exp(-o*3) for o in opts))/3)
    prev=cur
loss=prev[-1]*prev[2]
""", ["c","d"], (12, 40))

LOOPS["an orbit of complex numbers"] = ("""
n={n}
a,b=-0.1,0.2
""", """
z=0j; c=complex(a,b); orbit=[]
for k in range(n):
    z=z*z+c*(1j)**k
    if abs(z)>2: break
    orbit.append(z)
loss=sum(abs(v)**2 for v in orbit)+orbit[-1].real
""", ["a","b"], (12, 40))
